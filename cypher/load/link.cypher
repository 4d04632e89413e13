// link: what came from what and what took whose place, among memories that travelled together; a link that is there is left as it is.
// mode: write
// params: links LIST<MAP>, by STRING, now DATETIME
// returns: linked INTEGER
// touches: $links.id
CYPHER 25
UNWIND $links AS row
MATCH (a:MemCube {id: row.id}), (b:MemCube {id: row.to})
WHERE NOT EXISTS {
  MATCH (a)-[l]->(b)
  WHERE type(l) = row.type AND l.until IS NULL AND coalesce(l.transform, '') = coalesce(row.transform, '')
}
CREATE (a)-[l:$(row.type) {at: $now, by: $by}]->(b)
SET l.transform = row.transform
RETURN count(l) AS linked
