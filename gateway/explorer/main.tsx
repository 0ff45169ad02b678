import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/graphiql.css";
import { createRoot } from "react-dom/client";
import dossier from "../../schema/operations/dossier.graphql?raw";
import { openingVariables, withGuide } from "./opening.ts";
import { memoryStorage } from "./memory-storage.ts";
import "./page.css";

const fetcher = createGraphiQLFetcher({ url: "/graphql" });

const root = document.querySelector("#explorer");
if (!root) throw new Error("The page has no element #explorer.");
createRoot(root).render(
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={withGuide(dossier)}
    // Followed when it changes, which it never does: GraphiQL has no variables to begin with by default.
    variables={openingVariables(location.hash)}
    defaultEditorToolsVisibility="variables"
    storage={memoryStorage()}
    shouldPersistHeaders={false}
  />,
);
