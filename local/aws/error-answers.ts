import { type ApiRequest, isSqs } from './api-request.ts';

/** A refusal in the words of AWS. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

interface Reply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
}

/** Turns a reply into an error as the service writes it, and gives its body: JSON for SQS, XML for S3. */
export function errorAnswer(request: ApiRequest, reply: Reply, { status, code, message }: Refusal): string {
  reply.code(status);
  if (isSqs(request)) {
    reply.header('content-type', 'application/x-amz-json-1.0');
    return JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message });
  }
  reply.header('content-type', 'application/xml');
  const text = message.replace(/[<>&]/g, '?');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${text}</Message><RequestId>local</RequestId></Error>`;
}
