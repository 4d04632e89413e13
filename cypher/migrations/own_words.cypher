// own_words: give memories their own words beside those of their neighbours, and the number of their facts. Accents stay as written: only the product folds them.
// mode: schema
// params:
// returns:
CYPHER 25
MATCH (c:MemCube)
WHERE c.context IS NOT NULL
CALL (c) {
  SET c.words = normalize(CASE WHEN coalesce(c.heading, '') = '' THEN '' ELSE c.heading + '\n' END + coalesce(c.views[0], c.text), NFKC),
      c.context = normalize(c.context, NFKC), c.secrets = normalize(c.secrets, NFKC),
      c.fact_count = COUNT { MATCH (f:MemCube {live: true})-[:DERIVED_FROM {transform: 'extracted'}]->(c) }
} IN TRANSACTIONS OF 1000 ROWS
