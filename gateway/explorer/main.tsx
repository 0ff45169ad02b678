import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css";
import { createRoot } from "react-dom/client";
import dossier from "../../schema/operations/dossier.graphql?raw";
import { readOpening, withGuide } from "./opening.ts";
import { memoryStorage } from "./memory-storage.ts";
import "./page.css";

const opening = readOpening(location.hash);
const url = "/graphql";
const fetcher = createGraphiQLFetcher({
  url,
  // GraphiQL asks for the schema before its editor of headers is there.
  schemaFetcher: createGraphiQLFetcher({ url, headers: opening.headers }),
});

// A token need not stand in the address bar, nor in the history of a browser that others use too.
history.replaceState(null, "", location.pathname);

const root = document.querySelector("#explorer");
if (!root) throw new Error("The page has no element #explorer.");
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={withGuide(dossier)}
    // Followed when it changes, which it never does: GraphiQL has no variables to begin with by default.
    variables={opening.variables}
    headers={JSON.stringify(opening.headers, undefined, 2)}
    defaultEditorToolsVisibility="variables"
    storage={memoryStorage()}
    shouldPersistHeaders={false}
  />,
);
