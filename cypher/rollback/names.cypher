// names: what in a space may be somebody's name, beside the texts of its memories.
// mode: read
// params: space STRING
// returns: name STRING
MATCH (s:Space {id: $space})
CALL (s) {
  UNWIND coalesce(s.speakers, []) AS name
  RETURN name
  UNION
  MATCH (k:Concept {space: s.id})
  WHERE k.name IS NOT NULL
  RETURN k.name AS name
  UNION
  MATCH (o:Source {space: s.id})
  WHERE o.id IS NOT NULL
  UNWIND [o.id, coalesce(o.title, '')] AS name
  RETURN name
}
RETURN name
