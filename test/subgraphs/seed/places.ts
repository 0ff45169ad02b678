import { readAddressDatabase } from "../../../subgraphs/kit/units/address-database.ts";
import { readDefaultUnits } from "../../../subgraphs/kit/units/default-units.ts";
import { readPlaces } from "../../../subgraphs/seed/places.ts";

/** The country's communes, from the default units. */
export const places = readPlaces(readDefaultUnits(await readAddressDatabase()));
