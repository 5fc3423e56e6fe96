/** Names of TStatusCode, as transaction calls print them. */
export type StatusCode =
  | 'OK'
  | 'ANALYSIS_ERROR'
  | 'INTERNAL_ERROR'
  | 'INVALID_ARGUMENT'
  | 'ABORTED'
  | 'CANCELLED'
  | 'DATA_QUALITY_ERROR'
  | 'LABEL_ALREADY_EXISTS'
  | 'MEM_LIMIT_EXCEEDED'
  | 'NOT_AUTHORIZED'
  | 'PUBLISH_TIMEOUT'
  | 'RESOURCE_BUSY'
  | 'SERVICE_UNAVAILABLE'
  | 'TXN_IN_PROCESSING'
  | 'TXN_NOT_EXISTS';

/** RUNNING: PREPARE or PREPARED. FINISHED: COMMITTED or VISIBLE. Empty when the backend refuses by itself. */
export type ExistingJobStatus = 'RUNNING' | 'FINISHED' | '';

/** Ends a load inside a backend, as RETURN_IF_ERROR does there; each call turns it into its own answer. */
export class LoadFailure extends Error {
  readonly code: StatusCode;
  readonly existingJobStatus: ExistingJobStatus;

  constructor(code: StatusCode, message: string, existingJobStatus: ExistingJobStatus = '') {
    super(message);
    this.name = 'LoadFailure';
    this.code = code;
    this.existingJobStatus = existingJobStatus;
  }
}
