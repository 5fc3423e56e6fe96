import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StarRocksOperation } from '../../src/ports.ts';
import { type AnswerVerdict, readAnswer } from '../../src/starrocks/answers.ts';

function verdict(body: unknown, operation: StarRocksOperation = 'stream_load', status = 200): AnswerVerdict {
  return readAnswer(operation, { status, text: typeof body === 'string' ? body : JSON.stringify(body) }).verdict;
}

describe('the status word', () => {
  it.each<[string, object, AnswerVerdict]>([
    ['Success', { Status: 'Success', Message: 'OK' }, 'loaded'],
    ['Publish Timeout', { Status: 'Publish Timeout', Message: 'Publish timeout.' }, 'loaded'],
    ['a used label, FINISHED', { Status: 'Label Already Exists', ExistingJobStatus: 'FINISHED' }, 'loaded'],
    ['a used label, RUNNING', { Status: 'Label Already Exists', ExistingJobStatus: 'RUNNING' }, 'running'],
    ['a used label, no job status', { Status: 'Label Already Exists' }, 'running'],
    ['a used label said as Fail', { Status: 'Fail', Message: 'cancel: Label [a-1] has already been used.' }, 'running'],
    ['Fail with a new text', { Status: 'Fail', Message: 'something nobody wrote down' }, 'transient'],
    ['Fail with a new text and rejected rows', { Status: 'Fail', Message: 'x', ErrorURL: 'http://be/log' }, 'data'],
    ['FAILED', { Status: 'FAILED', Message: 'class DdlException: No backend alive.' }, 'transient'],
    ['lower-case status', { status: 'FAILED', msg: 'There is no 100-continue header' }, 'configuration'],
    ['INTERNAL_ERROR', { Status: 'INTERNAL_ERROR', Message: '' }, 'transient'],
    ['MEM_LIMIT_EXCEEDED', { Status: 'MEM_LIMIT_EXCEEDED', Message: '' }, 'memory'],
    ['OK, which no plain load says', { Status: 'OK' }, 'unknown'],
    ['success in other letters', { Status: 'SUCCESS' }, 'unknown'],
    ['a number', { Status: 0, Message: 200 }, 'unknown'],
    ['no status', {}, 'unknown'],
    ['a name every object has', { Status: 'constructor' }, 'unknown'],
  ])('%s', (_, body, expected) => {
    expect(verdict(body)).toBe(expected);
  });

  it.each(['', 'not json', '[]', 'null', '"Success"', '<html>Success</html>', '{"Status":"Success"'])(
    'is absent from %j, so the outcome is unknown',
    (text) => {
      expect(verdict(text)).toBe('unknown');
    },
  );

  it('tells Success apart from what is committed and not visible yet', () => {
    expect(readAnswer('stream_load', { status: 200, text: '{"Status":"Success"}' }).visible).toBe(true);
    expect(readAnswer('stream_load', { status: 200, text: '{"Status":"Publish Timeout"}' }).visible).toBe(false);
  });
});

describe('the message of a failure', () => {
  it.each<[string, AnswerVerdict]>([
    ['Commit transaction fail cause THRIFT, Transaction status unknown, you can retry with same label.', 'unknown'],
    ['Publish timeout. The data will be visible after a while, 3 tablets', 'unknown'],
    ['Load has not been published before timeout', 'unknown'],
    ['load timeout, txn status: PREPARED', 'unknown'],
    ['current running txns on db 10004 is 1000, larger than limit 1000', 'throttled'],
    ['streamload txn num per be exceeds limit, be: 10001', 'throttled'],
    ['Failed to load data into tablet 1, because of too many versions, current/limit: 1001/1000.', 'throttled'],
    ['Too many versions. tablet_id: 10, version_count: 1001, limit: 1000', 'throttled'],
    ['Failed to load data into partition p, because of too large compaction score, current/limit: 2/1.', 'throttled'],
    ['Memory of load exceed limit. Start execute plan fragment. Used: 1, Limit: 1.', 'memory'],
    ['Stream Load exceed http cuncurrent limit 10, please try again later', 'transient'],
    ['Service is shutting down, please retry later!', 'transient'],
    ['class com.starrocks.common.DdlException: No backend alive.', 'transient'],
    ['No backend or compute node alive.', 'transient'],
    ['current fe is not master', 'transient'],
    ['get database read lock timeout, database=d, timeout=5000ms', 'transient'],
    ['call frontend service failed, address=fe:9020', 'transient'],
    ['transaction not found', 'not-exists'],
    ['txn does not exist: 7', 'transient'],
    ['can not find stream load task by txnId 7', 'transient'],
    ['Cancelled', 'transient'],
    ['[E1008]Reached timeout=60000ms @10.0.0.1:8060', 'transient'],
    ['timeout by txn manager', 'transient'],
    ["receive body don't equal with body bytes", 'transient'],
    ['Database[d] data size exceeds quota[1GB]', 'configuration'],
    ['too many filtered rows', 'data'],
    ['all partitions have no load data', 'data'],
    ['illegal json started with x', 'data'],
    ['The value is array type in json document stream, you can set strip_outer_array=true', 'data'],
    ['The input payload size is beyond parser limit. Please set strip_outer_array true', 'data'],
    ['the value should be array type with strip_outer_array=true, value: 1', 'data'],
    ['Failed to iterate json array as object. error: INCORRECT_TYPE', 'data'],
    ["This parser can't support a document that big.", 'data'],
    ['The size of this batch exceed the max size [104857600]  of json type data  data [ 104857601 ].', 'data'],
    ['body size 200 exceed limit: 100, id=1.', 'data'],
    ['unknown database, database=d', 'configuration'],
    ['unknown table "d.t"', 'configuration'],
    ['load table type is not OlapTable, type=VIEW', 'configuration'],
    ["The data of 'x' cannot be inserted because 'x' is a materialized view", 'configuration'],
    ['Label format error. regex: ^[-\\w]{1,128}$, label: a.b', 'configuration'],
    ['unknown data format, format=xml', 'configuration'],
    ['Duplicate column mapping: c', 'configuration'],
    ['Mapping column is not in table. column: c', 'configuration'],
    ['Column has no default value. column: c', 'configuration'],
    ['column has no source field, column=c', 'configuration'],
    ["Invalid delimiter '': empty", 'configuration'],
    ['Invalid strict mode format. Must be bool type', 'configuration'],
    ['skip_header must be equal or greater than 0', 'configuration'],
    ['exec_mem_limit must be greater than 0', 'configuration'],
    ['Can not specify both partitions and temporary partitions', 'configuration'],
    ['Conditional update only support primary key table t', 'configuration'],
    ['key column k not in partial update columns', 'configuration'],
    ['load op type string not supported: x', 'configuration'],
    ['Only one of http header content-encoding and compression can be set', 'configuration'],
    ['envelope can only be specified when format is json', 'configuration'],
    ['Batch write interval must be set positive, but is null', 'configuration'],
    ['no valid Basic authorization', 'access'],
    ["Access denied for user 'root' (using password: YES)", 'access'],
    ['Access denied for default_cluster:root@10.0.0.1', 'access'],
    ["Access denied for user 'u'@'%'. ", 'privilege'],
    ['Access denied; you need (at least one of) the INSERT privilege(s) for this operation', 'privilege'],
  ])('%s', (message, expected) => {
    expect(verdict({ Status: 'Fail', Message: message })).toBe(expected);
  });

  it.each<[string, AnswerVerdict]>([
    ['Tablet lost replicas. Check if any backend is down or not. tablet_id: 1, backends: 10.0.0.1', 'transient'],
    ['Tablet lost replicas. Check if any backend is down or not. tablet_id: 1, replicas: 2:0/-1/0.', 'transient'],
    ['Backend node not found. Check if any backend node is down.backend: [10.0.0.1 alive: false]', 'transient'],
    [
      'Getting analyzing error. Detail message: Compute node not found. Check if any compute node is down.',
      'transient',
    ],
    ['Failed to get scan range, no queryable replica found in tablet: 7', 'transient'],
    ['No alive backend or compute node in warehouse default_warehouse.', 'transient'],
    ['StarRocks planner use long time 3000 ms in logical phase', 'transient'],
    ['get database write lock timeout, database=d', 'transient'],
    ['current running txns on db 10004 is 1000, larger than limit 1000', 'throttled'],
    ['something nobody wrote down', 'configuration'],
  ])('of what heals outweighs ANALYSIS_ERROR: %s', (message, expected) => {
    expect(verdict({ Status: 'ANALYSIS_ERROR', Message: message }, 'begin')).toBe(expected);
    expect(verdict({ Status: 'ANALYSIS_ERROR', Message: message }, 'prepare')).toBe(expected);
  });

  const anything = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'cancel',
      'access denied',
      'memory limit exceed',
      'too many versions',
      'publish timeout: 1',
      'No backend alive',
    ),
  );

  it.each<[string, AnswerVerdict]>([
    ["Unknown or incorrect time zone: '%'", 'configuration'],
    ["Unknown partition '%' in table '%'", 'configuration'],
    ['unknown table "d.%"', 'configuration'],
    ['unknown database, database=%', 'configuration'],
    ['class com.starrocks.common.StarRocksException: Database[%] does not exist.', 'configuration'],
    ["unknown column in where statement. the column '%' in where clause must be in the target table.", 'configuration'],
    ["Getting syntax error at line 1, column 9. Detail message: No viable statement for input '%'.", 'configuration'],
    ["Expr '%' analyze error: No matching function with signature: %(varchar)", 'configuration'],
    ['class com.starrocks.common.ErrorReportException: Warehouse name: % not exist.', 'configuration'],
    ['Mapping column is not in table. column: %', 'configuration'],
    ['Getting analyzing error. Detail message: Label format error. regex: ^[-\\w]{1,128}$, label: %.', 'configuration'],
    ['class java.lang.NumberFormatException: For input string: "%"', 'configuration'],
    ["Invalid timeout: '%'. Expected values should be between 1 and 259200 seconds", 'configuration'],
    ['illegal json started with %', 'data'],
    ['parse error. Failed to iterate document stream as object. error: Unexpected end-of-input at "%"', 'data'],
  ])('means the same whatever it quotes: %s', (template, expected) => {
    fc.assert(
      fc.property(anything, (quoted) => {
        expect(verdict({ Status: 'Fail', Message: template.replaceAll('%', () => quoted) })).toBe(expected);
      }),
    );
  });

  it('is kept without the row data in it', () => {
    const text = '{"Status":"Fail","Message":"the value should be array type, value: {\\"card\\":4111}"}';
    expect(readAnswer('stream_load', { status: 200, text }).message).not.toContain('4111');
  });
});

describe('the HTTP status', () => {
  it.each<[number, AnswerVerdict]>([
    [401, 'access'],
    [403, 'access'],
    [404, 'configuration'],
    [301, 'configuration'],
    [429, 'throttled'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
  ])('%i outweighs a body that claims success', (status, expected) => {
    expect(verdict({ Status: 'Success' }, 'stream_load', status)).toBe(expected);
  });
});

describe('HTTP 500', () => {
  it('of a frontend is read like any answer', () => {
    const body = {
      status: 'FAILED',
      code: '1',
      msg: 'Warehouse name: x not exist.',
      message: 'Warehouse name: x not exist.',
    };
    expect(verdict(body, 'stream_load', 500)).toBe('configuration');
    expect(verdict({ ...body, msg: 'No backend alive.', message: '' }, 'stream_load', 500)).toBe('transient');
  });

  it.each([
    '<html>500</html>',
    '{"message":"Access denied"}',
    '{"status":"FAILED","msg":"something nobody wrote down"}',
    '{"status":"FAILED","msg":"transaction not found"}',
    '{"status":"OK","msg":"Success"}',
  ])('of what stands in between tells nothing: %s', (text) => {
    expect(verdict(text, 'stream_load', 500)).toBe('unknown');
  });
});

describe('calls of the transaction interface', () => {
  it.each<StarRocksOperation>(['begin', 'load', 'prepare', 'rollback'])(
    '%s is done, not loaded, when it is OK',
    (call) => {
      expect(verdict({ Status: 'OK' }, call)).toBe('done');
      expect(verdict({ Status: 'Success' }, call)).toBe('unknown');
    },
  );

  it('commit loads', () => {
    expect(verdict({ Status: 'OK' }, 'commit')).toBe('loaded');
    expect(verdict({ Status: 'FAILED', Message: 'commit timeout: 20000' }, 'commit')).toBe('unknown');
  });

  it('commit is final, though not visible yet, when only publishing took too long', () => {
    const text = JSON.stringify({ Status: 'FAILED', Message: 'publish timeout: 20000, transactionId=31' });
    expect(readAnswer('commit', { status: 200, text })).toMatchObject({ verdict: 'loaded', visible: false });
    expect(readAnswer('prepare', { status: 200, text }).verdict).toBe('unknown');
    expect(readAnswer('commit', { status: 500, text }).verdict).toBe('unknown');
  });

  it('a used label is never a success of begin', () => {
    expect(verdict({ Status: 'LABEL_ALREADY_EXISTS', ExistingJobStatus: 'FINISHED' }, 'begin')).toBe('running');
  });
});

describe('any answer', () => {
  const good = new Set(['Success', 'Publish Timeout', 'Label Already Exists', 'LABEL_ALREADY_EXISTS']);
  const words = fc.oneof(
    fc.string(),
    fc.constantFrom('success', 'SUCCESS', 'Success ', 'OK', 'Fail', 'FAILED', 'FINISHED', 'VISIBLE', 'PUBLISH_TIMEOUT'),
  );

  it('without a status word of the good list is never loaded', () => {
    fc.assert(
      fc.property(
        words,
        words,
        words,
        fc.integer({ min: 100, max: 599 }),
        (Status, Message, ExistingJobStatus, http) => {
          fc.pre(!good.has(Status));
          expect(verdict({ Status, Message, ExistingJobStatus }, 'stream_load', http)).not.toBe('loaded');
        },
      ),
    );
  });

  it('that is not HTTP 200 is never loaded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.constantFrom(...good), (http, Status) => {
        fc.pre(http !== 200);
        expect(verdict({ Status, ExistingJobStatus: 'FINISHED' }, 'stream_load', http)).not.toBe('loaded');
      }),
    );
  });

  it('is read without throwing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(readAnswer('prepare', { status: 200, text }).verdict).toBeTypeOf('string');
      }),
    );
  });
});

it('reads counters also when they come as text', () => {
  const text = '{"Status":"Success","TxnId":"7","NumberTotalRows":"3","NumberLoadedRows":2,"NumberFilteredRows":1}';
  const answer = readAnswer('stream_load', { status: 200, text });
  expect(answer.counts).toEqual({ total: 3, loaded: 2, filtered: 1, unselected: 0 });
  expect(answer.txnId).toBe(7);
});
