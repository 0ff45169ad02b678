import { afterAll, afterEach, expect, test } from "vitest";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an } from "../../support/ministries.ts";

const { ministries, gateway, heal, close } = await startMinistriesGateway();
afterEach(heal);
afterAll(close);

const query = `query ($pin: PIN!, $more: Boolean!) {
  citizen(pin: $pin) { fullName }
  ... @include(if: $more) { citizen(pin: $pin) { sex healthInsurance { cardNumber } } }
  ... @skip(if: $more) { citizen(pin: $pin) { formerPins } }
}`;
const ask = (more: boolean) => gateway.ask(query, { pin: an, more });

test("a look-up that stands in a query several times is one question about a row", async () => {
  const { population } = ministries.sources;
  const asked = population.requests.length;
  const [all, less] = [await ask(true), await ask(false)];
  expect([all.errors, less.errors]).toEqual([[], []]);
  expect(all.data.citizen).toEqual({
    fullName: "Nguyễn Văn An",
    sex: "MALE",
    healthInsurance: { cardNumber: "CARD-AN" },
  });
  expect(less.data.citizen).toEqual({ fullName: "Nguyễn Văn An", formerPins: [] });
  expect(
    population.requests.slice(asked).map(({ variables }) => variables["representations"]),
  ).toEqual([[{ __typename: "Citizen", pin: an }], [{ __typename: "Citizen", pin: an }]]);
});

test("its loss costs its own fields alone", async () => {
  ministries.sources.population.fault = { kind: "reset" };
  const { data, errors } = await ask(true);
  expect(data.citizen).toEqual({
    fullName: null,
    sex: null,
    healthInsurance: expect.anything(),
  });
  expect(errors.map(({ path }) => path?.join("."))).toEqual(["citizen.fullName", "citizen.sex"]);
});
