import type { CompiledRoute } from './compile-routes.ts';

/** Whether rows of a source may arrive in any order: an older state of a row cannot win, or each change is a row that tells its place. */
export function tellsOrder({ mode, columns, options }: Pick<CompiledRoute, 'mode' | 'columns' | 'options'>): boolean {
  if (mode === 'mirror') return options['sink.order-by'] !== undefined;
  return columns.some(({ sourceType }) => sourceType === '@version');
}

export const isExactlyOnce = ({ options }: Pick<CompiledRoute, 'options'>): boolean =>
  options['sink.semantic'] === 'exactly-once';
