// advance_sources: remember where each source has got to, for the context of what follows.
// mode: write
// params: space STRING, sources LIST<MAP>
// returns: advanced INTEGER
// touches: nothing
CYPHER 25
UNWIND $sources AS row
MATCH (s:Source {space: $space, id: row.id})
SET s.length = row.length, s.last = row.last
WITH s, row
CALL db.create.setNodeVectorProperty(s, 'last_vector', toFloatList(row.last_vector))
RETURN count(*) AS advanced
