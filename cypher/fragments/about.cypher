// about: memories of a space that somebody said, that are about them, or that name them, in any version; none without the right to administer.
// params: principal STRING, space STRING, now DATETIME, named STRING, opens STRING
// needs: nothing; begins a statement
// yields: c, sees, forbidden, role
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'administer' IN actions
MATCH (c:MemCube {space: s.id})
WHERE c.created_at IS NOT NULL AND c:Plaintext AND c.state <> 'deleted'
WITH c, sees, forbidden, CASE
  WHEN normalize(coalesce(c.speaker, '')) =~ $named THEN 'said'
  // About them: a tag, or a fact that begins with their name, which speaks for the memory that says it.
  WHEN any(tag IN c.tags WHERE normalize(tag) =~ $named)
    OR (c.level = 'fact' AND normalize(c.text) =~ $opens)
    OR EXISTS {
      MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(c)
      WHERE f.state <> 'deleted' AND normalize(f.text) =~ $opens
    } THEN 'about'
  WHEN any(each IN [c.text, c.heading, c.source, c.root, c.origin_id] WHERE normalize(coalesce(each, '')) =~ $named)
    OR EXISTS { MATCH (c)-[:FROM]->(o:Source) WHERE normalize(coalesce(o.title, '')) =~ $named }
    OR EXISTS { MATCH (c)-[:MENTIONS]->(k:Concept) WHERE normalize(k.name) =~ $named }
    OR EXISTS { MATCH (v:MemVersion {cube: c.id}) WHERE v.number >= 1 AND normalize(coalesce(v.text, '')) =~ $named } THEN 'mentions'
END AS role
WHERE role IS NOT NULL
