import type { AnsweredRequest } from '../../local/aws/server.ts';

/** The rights that IAM asks for an action, where they are not called like it. @source Service Authorization Reference */
const rightsOfAction: Readonly<Record<string, string>> = {
  HeadObject: 's3:GetObject',
  ListObjectsV2: 's3:ListBucket',
  CreateMultipartUpload: 's3:PutObject',
  UploadPart: 's3:PutObject',
  CompleteMultipartUpload: 's3:PutObject',
  SendMessageBatch: 'sqs:SendMessage',
  DeleteMessageBatch: 'sqs:DeleteMessage',
  ChangeMessageVisibilityBatch: 'sqs:ChangeMessageVisibility',
};

const queues: Readonly<Record<string, string>> = { rows: 'SinkRows', load: 'SinkLoad' };

/** Notes what callers do at the local endpoint as the rights that they need for it, `action place`. */
export function recordRights() {
  const byCaller = new Map<string, Set<string>>();
  const add = (caller: string, right: string) => {
    byCaller.set(caller, (byCaller.get(caller) ?? new Set()).add(right));
  };
  return {
    add,
    note({ caller, action, target, status }: AnsweredRequest): void {
      const isS3 = target.startsWith('/');
      const place = isS3 ? objectsAt(target) : (queues[target.split('/').at(-1)?.replace('.fifo', '') ?? ''] ?? target);
      add(caller, `${rightsOfAction[action] ?? `${isS3 ? 's3' : 'sqs'}:${action}`} ${place}`);
      // Whoever may not list is told 403, not 404. @source S3 API reference, GetObject: permissions
      if (isS3 && status === 404) add(caller, 's3:ListBucket SinkBucket');
    },
    of: (caller: string): ReadonlySet<string> => byCaller.get(caller) ?? new Set(),
  };
}

function objectsAt(path: string): string {
  const [, bucket = '', prefix = '', ...rest] = path.split('/');
  if (bucket !== 'starrocks-sink') return `${bucket}/*`;
  return rest.length > 0 ? `${prefix}/*` : 'SinkBucket';
}
