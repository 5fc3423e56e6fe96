/** Names of Java classes that frontends print in front of a message. */
type JavaClass =
  | 'com.starrocks.common.StarRocksException'
  | 'com.starrocks.common.DdlException'
  | 'com.starrocks.common.ErrorReportException'
  | 'com.starrocks.common.MetaNotFoundException'
  | 'com.starrocks.common.StarRocksHttpException'
  | 'java.lang.NumberFormatException';

/** An exception that a frontend prints with the name of its class. */
export class FrontendFailure extends Error {
  readonly javaClass: JavaClass;

  constructor(message: string, javaClass: JavaClass = 'com.starrocks.common.StarRocksException') {
    super(message);
    this.name = 'FrontendFailure';
    this.javaClass = javaClass;
  }
}
