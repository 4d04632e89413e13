// forms: KV-caches and adapters in service that the principal may use, with the memories they were made from: what a receiver would make anew.
// mode: read
// params: principal STRING, space STRING, now DATETIME
// returns: forms LIST<MAP>
// shows: forms[].id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
RETURN COLLECT {
  MATCH (p:Activation|Parametric)
  WHERE p.space = s.id AND p.state = 'activated' AND p.expires_at > $now AND NOT p.id IN forbidden AND NOT EXISTS {
    MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
    WHERE NOT c.live OR c.version <> d.version OR c.expires_at <= $now OR c.id IN forbidden OR coalesce(c.clearance, 0) > sees
  }
  RETURN {
    id: p.id, form: CASE WHEN p:Activation THEN 'kv' ELSE 'lora' END, base_model: p.base_model, tokens: p.tokens, sha256: p.payload_sha256,
    made_of: COLLECT {
      MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
      RETURN {id: c.id, said: coalesce(c.carried_id, c.id)} ORDER BY d.position, c.id
    }
  } ORDER BY p.id
} AS forms
