import { S3ServiceException } from '@aws-sdk/client-s3';
import { xmlText } from '../kit/xml-text.ts';
import type { AnswerHead } from './bucket-requests.ts';

/**
 * What S3 says in an answer that is no success, as the SDK tells it: the code is the name of the error.
 *
 * @in  text: an XML document with Code and Message; answers of proxies, and of S3 in haste, have none
 * @source  S3 API reference, "REST error responses"
 */
export function s3Error({ status, headers }: AnswerHead, text: string): S3ServiceException {
  return new S3ServiceException({
    name: said(text, 'Code') ?? (status === 404 ? 'NotFound' : 'Unknown'),
    message: said(text, 'Message') ?? 'UnknownError',
    $fault: status >= 500 ? 'server' : 'client',
    $metadata: {
      httpStatusCode: status,
      requestId: headers['x-amz-request-id'] ?? '',
      extendedRequestId: headers['x-amz-id-2'] ?? '',
    },
  });
}

function said(text: string, element: string): string | undefined {
  const [, xml] = new RegExp(`<${element}>([^<]+)</${element}>`).exec(text) ?? [];
  return xml === undefined ? undefined : xmlText(xml);
}
