/** The numbers of the shapes in well-known binary. @source  OGC 06-103r4, 8.2 */
const shapes = [
  'Point',
  'LineString',
  'Polygon',
  'MultiPoint',
  'MultiLineString',
  'MultiPolygon',
  'GeometryCollection',
] as const;

interface Cursor {
  readonly bytes: DataView;
  at: number;
}

/** Deeper collections are none that a database holds. */
const deepest = 32;

/**
 * Well-known binary as GeoJSON, with two coordinates to a point.
 *
 * @out  undefined: it is not that, has other dimensions, or does not end where its bytes do
 */
export function geoJsonOf(wkb: Uint8Array, srid: number | null): object | undefined {
  const cursor: Cursor = { bytes: new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength), at: 0 };
  try {
    const geometry = readShape(cursor, 0);
    return cursor.at === wkb.byteLength ? { ...geometry, ...(srid ? { srid } : {}) } : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @throws  RangeError: of bytes that are no shape, as a DataView throws of bytes that are not there */
function readShape(cursor: Cursor, depth: number): { type: string; coordinates?: unknown; geometries?: unknown } {
  const isLittle = cursor.bytes.getUint8(cursor.at) === 1;
  const type = shapes[cursor.bytes.getUint32(cursor.at + 1, isLittle) - 1];
  if (type === undefined || depth > deepest) throw new RangeError('no shape');
  cursor.at += 5;
  const inner = () => readShape(cursor, depth + 1);
  const coordinates = () => inner().coordinates;
  const point = () => readPoint(cursor, isLittle);
  const line = () => many(cursor, isLittle, point);
  switch (type) {
    case 'Point':
      return { type, coordinates: point() };
    case 'LineString':
      return { type, coordinates: line() };
    case 'Polygon':
      return { type, coordinates: many(cursor, isLittle, line) };
    case 'GeometryCollection':
      return { type, geometries: many(cursor, isLittle, inner) };
    default:
      return { type, coordinates: many(cursor, isLittle, coordinates) };
  }
}

function readPoint(cursor: Cursor, isLittle: boolean): [x: number, y: number] {
  const point: [number, number] = [
    cursor.bytes.getFloat64(cursor.at, isLittle),
    cursor.bytes.getFloat64(cursor.at + 8, isLittle),
  ];
  cursor.at += 16;
  if (!point.every(Number.isFinite)) throw new RangeError('no point');
  return point;
}

/** Each of them throws when the bytes are at their end, so a count that lies ends there too. */
function many<T>(cursor: Cursor, isLittle: boolean, read: () => T): T[] {
  const count = cursor.bytes.getUint32(cursor.at, isLittle);
  cursor.at += 4;
  const found: T[] = [];
  while (found.length < count) found.push(read());
  return found;
}
