/** Codes of failures on the way to a server. @source  Node.js, "Common system errors"; getaddrinfo */
const onTheWay = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE'],
]);

type NetworkError = Error & {
  readonly code?: unknown;
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly $metadata?: { readonly httpStatusCode?: number };
};

/** What AWS refused, or what kept a request from it, in one sentence; undefined: it was something else. */
export function awsFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Of a name with several addresses, each of which was tried.
  if (error instanceof AggregateError && error.errors.length > 0) return awsFailure(error.errors[0]);
  const { name, message, code, address, hostname, port, $metadata } = error as NetworkError;
  const said = message.replace(/\.$/, '');
  if (said === 'Region is missing') return 'No AWS region is named: give --region, or set AWS_REGION.';
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return `No AWS credentials were found (${said}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  if (typeof code === 'string' && onTheWay.has(code)) {
    const host = address ?? hostname ?? 'The server';
    return `${host}${port === undefined ? '' : `:${port}`} cannot be reached (${code}): is the address right, and does the server run?`;
  }
  return $metadata?.httpStatusCode === undefined ? undefined : `AWS refuses the request (${name}: ${said}).`;
}
