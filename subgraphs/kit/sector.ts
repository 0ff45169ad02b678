import type { GraphQLResolverMap } from "@apollo/subgraph";
import type { Kysely } from "kysely";
import type { CivilDate } from "../../schema/values/date.ts";
import type { Meter, MeterSurroundings } from "./admission.ts";
import type { Migrations } from "./database.ts";
import type { UnitDirectory } from "./units/directory.ts";

/** A sector, as the kit runs it. */
export interface Sector<Tables, Loaders> {
  /** Names `schema/<name>.graphql`, `schema/<name>.terms.json` and `<NAME>_DATABASE_URL`. */
  readonly name: string;
  readonly migrations: Migrations;
  /**
   * Called once for each request: what one request has read, no other sees. `signal` is aborted when the
   * asker hangs up; a statement that is given it waits no longer for its turn then.
   */
  readonly makeLoaders: (database: Kysely<Tables>, signal: AbortSignal) => Loaders;
  /**
   * By type, then by field; scalars and `AdministrativeUnit` come from the kit. An entity's
   * `__resolveReference` is `async`, so that what it throws costs one row and not the batch.
   */
  readonly resolvers: GraphQLResolverMap<RequestContext<Loaders>>;
  /** Called once, where the owner counts what is asked of the register. */
  readonly makeMeter?: (surroundings: MeterSurroundings<Tables>) => Meter;
}

/** What every resolver is handed as its third argument. */
export interface RequestContext<Loaders> {
  readonly loaders: Loaders;
  /** Administrative units, in memory. */
  readonly units: UnitDirectory;
  /** The civil day in Vietnam on which the request came. */
  readonly today: CivilDate;
}
