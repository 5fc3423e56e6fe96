import { Readable } from 'node:stream';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

/** What a requestHandler of the SDK is given. */
export interface Sent {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const stored: Answer = { status: 200, headers: { etag: '"1"' } };

/** Stands where requests leave the SDK: notes each, and gives the answers in their order, the last one again and again. */
export function wire(...answers: readonly Answer[]) {
  const sent: Sent[] = [];
  const handle = async (request: Sent) => {
    const { status, headers = {}, body = '' } = answers[Math.min(sent.length, answers.length - 1)] ?? stored;
    sent.push({ ...request, headers: { ...request.headers } });
    return { response: { statusCode: status, headers, body: Readable.from(body === '' ? [] : [Buffer.from(body)]) } };
  };
  return { sent, requestHandler: { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) } };
}

export const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
export const aws: S3ClientConfig = { region: 'eu-west-1', credentials };

/** An error as S3 writes it. */
export const xml = (code: string, message: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>1</RequestId></Error>`;
