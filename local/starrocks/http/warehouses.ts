/** A cluster that does not part computing from storage has one warehouse. */
export const knownWarehouse = 'default_warehouse';

/** What a frontend says of a warehouse that there is not. */
export function warehouseComplaint(name = knownWarehouse): string | undefined {
  return name === knownWarehouse ? undefined : `Warehouse name: ${name} not exist.`;
}
