/** How bytes may be compressed, wherever the sink meets or makes them. */
export const compressions = ['gzip', 'zstd'] as const;

export type Compression = (typeof compressions)[number];

export const isCompression = (name: string): name is Compression => compressions.some((each) => each === name);
