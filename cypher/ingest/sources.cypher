// sources: the conversations, sessions and documents of a batch, with how many entries each has and the last two of them.
// mode: write
// params: space STRING, sources LIST<MAP>
// returns: id STRING, length INTEGER, last_vector LIST<FLOAT>?, recent LIST<MAP>
// touches: nothing
UNWIND $sources AS row
MERGE (s:Source {space: $space, id: row.id})
ON CREATE SET s.kind = row.kind, s.title = coalesce(row.title, row.id), s.at = row.at, s.length = 0
WITH s, row
CALL (s, row) {
  WITH s, row WHERE row.within IS NOT NULL
  MERGE (whole:Source {space: $space, id: row.within})
  ON CREATE SET whole.kind = 'conversation', whole.title = coalesce(row.title, row.within), whole.length = 0
  MERGE (s)-[:PART_OF]->(whole)
}
WITH s
OPTIONAL MATCH (last:MemCube {id: s.last})
OPTIONAL MATCH (before:MemCube)-[:NEXT]->(last)
RETURN s.id AS id, s.length AS length, s.last_vector AS last_vector,
       [c IN [before, last] WHERE c IS NOT NULL | {id: c.id, text: CASE WHEN c.expires_at > datetime() THEN c.text ELSE '' END}] AS recent
