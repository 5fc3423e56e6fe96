import type { Connection } from 'mysql2';

/**
 * Ends a connection at once, whatever it is sending. mysql2's own `destroy` only says that nothing more is written, which a server
 * that sends a binlog never looks at: it, and this process, would go on for ever.
 */
export function hangUp(connection: Connection): void {
  connection.destroy();
  (connection as unknown as { readonly stream: { destroy(): void } }).stream.destroy();
}
