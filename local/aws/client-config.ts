export const region = 'us-east-1';

/** What `new SQSClient()` and `new S3Client()` need to talk to the local endpoint. */
export interface LocalClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly forcePathStyle: true;
}

/** @in  endpoint: e.g. `http://127.0.0.1:4566`; credentials are never checked */
export function localClientConfig(endpoint: string): LocalClientConfig {
  return {
    endpoint,
    region: region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  };
}
