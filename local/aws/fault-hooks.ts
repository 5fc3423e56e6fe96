import type { ServerResponse } from 'node:http';
import type { buildApp } from 'fauxqs';
import { type ApiRequest, actionOf, isSqs, type SqsInput } from './api-request.ts';
import { errorAnswer, type Refusal } from './error-answers.ts';
import type { Fault, Faults } from './faults.ts';

const message = 'A scripted fault';

/** Lets scripted faults happen, before or after fauxqs has carried out a request. */
export function playFaults(app: ReturnType<typeof buildApp>, faults: Faults): void {
  const afterwards = new WeakMap<ApiRequest, Fault>();
  const failedEntries = new WeakMap<ApiRequest, readonly object[]>();

  app.addHook('preHandler', async (request, reply) => {
    const input = (request.body ?? {}) as SqsInput;
    const fault = faults.take(actionOf(request) ?? '', isSqs(request) ? (input.QueueUrl ?? '') : request.url);
    if (fault === undefined) return;
    if (fault.after) {
      afterwards.set(request, fault);
      return;
    }
    if (fault.entries !== undefined) {
      const { kept, failed } = splitEntries(input.Entries ?? [], fault);
      if (kept.length === 0) return reply.send({ Successful: [], Failed: failed });
      Object.assign(input, { Entries: kept });
      failedEntries.set(request, failed);
      return;
    }
    if (fault.stall !== undefined) {
      faults.hang(reply.raw);
      return stall(reply, fault.stall);
    }
    if (fault.status !== undefined) return reply.send(errorAnswer(request, reply, refusalOf(fault, fault.status)));
    request.raw.socket.destroy();
    return reply.hijack();
  });

  app.addHook('onSend', (request, reply, payload, done) => {
    const failed = failedEntries.get(request);
    if (failed !== undefined) return done(null, withFailed(String(payload), failed));
    const fault = afterwards.get(request);
    if (fault?.status === undefined) {
      if (fault !== undefined) request.raw.socket.destroy();
      return done(null, payload);
    }
    reply.removeHeader('etag');
    done(null, errorAnswer(request, reply, refusalOf(fault, fault.status)));
  });
}

/** Says nothing more: at once, or after the head of an answer and half of what it announces. */
function stall(reply: { hijack(): unknown; readonly raw: ServerResponse }, at: 'answer' | 'body') {
  reply.hijack();
  if (at === 'body') {
    const half = '{"id":1,"name":"half of';
    reply.raw.writeHead(200, { 'content-length': half.length * 2, etag: '"stalled"' });
    reply.raw.write(half);
  }
  return reply;
}

function refusalOf({ code = 'InternalError' }: Fault, status: number): Refusal {
  return { status, code, message };
}

function splitEntries<E extends { readonly Id: string }>(entries: readonly E[], fault: Fault) {
  const fails = (_: E, position: number) => fault.entries?.includes(position) ?? false;
  const failed = entries.filter(fails).map(({ Id }) => ({
    Id,
    Code: fault.code ?? 'InternalError',
    Message: message,
    SenderFault: fault.status !== undefined && fault.status < 500,
  }));
  return { kept: entries.filter((entry, position) => !fails(entry, position)), failed };
}

function withFailed(payload: string, failed: readonly object[]): string {
  const { Failed = [], ...rest } = JSON.parse(payload) as { Failed?: readonly object[] };
  return JSON.stringify({ ...rest, Failed: [...Failed, ...failed] });
}
