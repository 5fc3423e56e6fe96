/** A name as MySQL and StarRocks take it in a statement, whatever it holds. */
export const backticked = (name: string) => `\`${name.replaceAll('`', '``')}\``;
