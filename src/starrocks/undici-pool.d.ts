// undici's main module brings fetch, caches, mocks and proxies along; the pool alone is a fraction of that.
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export = Pool;
}
