import { readFile } from 'node:fs/promises';
import { splitCsvFields } from '../../src/rows/csv-fields.ts';
import { splitCsvRows } from '../../src/rows/csv-rows.ts';

/** Rows of real flights in the United States, and of the airports, as the npm package vega-datasets has them. */
export interface Flight {
  readonly delay: number;
  readonly distance: number;
  readonly time: number;
}

export interface Airport {
  readonly iata: string;
  readonly name: string;
  readonly city: string;
  readonly state: string;
  readonly latitude: number;
  readonly longitude: number;
}

/** The package exports its code only; the data lie beside it. */
const fileOf = (name: string) => new URL(`../data/${name}`, import.meta.resolve('vega-datasets'));

export async function readFlights(): Promise<readonly Flight[]> {
  return JSON.parse(await readFile(fileOf('flights-200k.json'), 'utf8')) as Flight[];
}

export async function readAirports(): Promise<readonly Airport[]> {
  return (await readCsv('airports.csv')).map(
    ([iata = '', name = '', city = '', state = '', , latitude, longitude]) => ({
      ...{ iata, name, city, state },
      latitude: Number(latitude),
      longitude: Number(longitude),
    }),
  );
}

/** Flights that left each airport. */
export async function readDepartures(): Promise<ReadonlyMap<string, number>> {
  const departures = new Map<string, number>();
  for (const [origin = '', , count] of await readCsv('flights-airport.csv')) {
    departures.set(origin, (departures.get(origin) ?? 0) + Number(count));
  }
  return departures;
}

const csv = { columnSeparator: ',', rowDelimiter: '\n', enclose: '"' };

async function readCsv(name: string) {
  const [, ...lines] = splitCsvRows((await readFile(fileOf(name), 'utf8')).replaceAll('\r', ''), csv);
  return lines.map((line) => splitCsvFields(line, csv).map((field) => field ?? ''));
}
