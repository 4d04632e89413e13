// book: add to the sums of what acts took.
// mode: write
// params: entries LIST<MAP>
// returns: booked INTEGER
// touches: nothing
UNWIND $entries AS entry
MATCH (s:Space {id: entry.key.space})
MERGE (c:CostEntry {
  space: s.id, day: entry.key.day, principal: entry.key.principal, act: entry.key.act, form: entry.key.form, cube: entry.key.cube
})
SET c.acts = coalesce(c.acts, 0) + entry.acts,
    c.cpu_s = coalesce(c.cpu_s, 0.0) + entry.cpu_s,
    c.database_s = coalesce(c.database_s, 0.0) + entry.database_s,
    c.embedding_s = coalesce(c.embedding_s, 0.0) + entry.embedding_s,
    c.model_s = coalesce(c.model_s, 0.0) + entry.model_s,
    c.build_s = coalesce(c.build_s, 0.0) + entry.build_s,
    c.gpu_s = coalesce(c.gpu_s, 0.0) + entry.gpu_s,
    c.tokens_read = coalesce(c.tokens_read, 0) + entry.tokens_read,
    c.tokens_saved = coalesce(c.tokens_saved, 0) + entry.tokens_saved,
    c.tokens_written = coalesce(c.tokens_written, 0) + entry.tokens_written,
    c.tokens_built = coalesce(c.tokens_built, 0) + entry.tokens_built
RETURN count(c) AS booked
