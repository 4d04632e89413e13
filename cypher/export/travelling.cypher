// travelling: those of these memories that the principal may read, whole as a bundle carries them, in the order they were written. No row when the space may not be read.
// mode: read
// params: principal STRING, space STRING, now DATETIME, cubes LIST<STRING>, until DATETIME
// returns: memories LIST<MAP>
// shows: memories[].id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
RETURN COLLECT {
  UNWIND $cubes AS wanted
  MATCH (c:MemCube {id: wanted})
  WHERE c.space = s.id AND c:Plaintext AND c.state <> 'deleted' AND c.expires_at > $now AND NOT c.id IN forbidden
  RETURN {
    id: c.id, carried_id: c.carried_id, type: c.semantic_type, origin: c.origin, state: c.state, root: c.root, origin_id: c.origin_id,
    said_at: c.said_at, valid_from: c.valid_from, valid_to: c.valid_to, at: coalesce(c.carried_at, c.created_at), dated: c.dated,
    speaker: c.speaker, heading: c.heading, part: c.part, tags: c.tags, indexed: c.indexed, priority: c.priority,
    half_life_days: c.half_life_set, ttl_minutes: c.ttl_minutes, expires_at: c.expires_set, subject: c.subject, relation: c.relation,
    left_with_source: c.left_with_source,
    source: head(COLLECT {
      MATCH (o:Source {space: s.id, id: c.source})
      OPTIONAL MATCH (o)-[:PART_OF]->(of:Source)
      RETURN {id: o.id, kind: o.kind, title: o.title, at: o.at, within: of.id}
    }),
    versions: COLLECT {
      MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
      WHERE v.known_from <= $until
      RETURN {
        text: CASE WHEN coalesce(v.clearance, 0) > sees THEN v.views[sees] ELSE v.text END, at: coalesce(v.carried_at, v.known_from),
        carried: v.carried_at IS NOT NULL, by: coalesce(v.carried_by, v.by), reason: v.reason, rollback_of: v.rollback_of, redacted: coalesce(v.clearance, 0) > sees
      } ORDER BY v.number
    },
    said_by: COLLECT {
      MATCH (c)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
      WHERE whole.space = s.id AND whole.state <> 'deleted' AND whole.expires_at > $now AND NOT whole.id IN forbidden
      WITH DISTINCT whole
      RETURN {id: whole.id, said: coalesce(whole.carried_id, whole.id)} ORDER BY whole.id
    },
    links: COLLECT {
      MATCH (c)-[l:DERIVED_FROM|ANNOTATED_FROM|SUPERSEDES|CONTRADICTS|MERGED_INTO|STANDS_BESIDE]->(to:MemCube)
      WHERE l.until IS NULL AND coalesce(l.transform, '') <> 'extracted' AND to:Plaintext AND to.space = s.id AND to.state <> 'deleted'
        AND to.expires_at > $now AND NOT to.id IN forbidden
      WITH DISTINCT type(l) AS type, to, l.transform AS transform
      RETURN {id: to.id, type: type, said: coalesce(to.carried_id, to.id), transform: transform} ORDER BY to.id, type, transform
    }
  } ORDER BY c.id
} AS memories
