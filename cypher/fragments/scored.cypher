// scored: the best of the candidates, by the weights of their parts (search/routing.py).
// params: asked MAP, weights MAP, at DATETIME, limit INTEGER
// needs: s, sees, forbidden, c, facts, words, meaning, context
// yields: s, sees, forbidden, c, facts, parts, session, decay, score
// The best of many facts is near to any question: what a memory of more than six says by one of them counts less. Its vector,
// on the other hand, is that of its beginning, and what it says further on has no less of a context.
WITH s, sees, forbidden, c, facts, words, context, meaning AS nearest, c.fact_count > 6 AS long,
     CASE WHEN c.fact_count > 6 THEN meaning / (1 + $weights.many * log(c.fact_count / 6.0)) ELSE meaning END AS meaning
WITH s, sees, forbidden, collect({
       c: c, facts: facts, words: words, context: CASE WHEN long AND meaning > context THEN meaning ELSE context END,
       nearest: nearest, meaning: meaning, said: coalesce(c.said_at, c.created_at).epochSeconds
     }) AS rows
// What the vector index did not return was no better than its last row.
UNWIND rows AS r
WITH s, sees, forbidden, rows, max(r.words) AS top_words, max(r.meaning) AS top_meaning, max(r.context) AS top_context,
     coalesce(min(CASE WHEN r.nearest > 0 THEN r.nearest END), 0.0) AS low_meaning,
     coalesce(min(CASE WHEN r.context > 0 THEN r.context END), 0.0) AS low_context,
     min(r.said) AS first_said, max(r.said) AS last_said
WITH s, sees, forbidden, rows, top_words, top_context, low_meaning, low_context, first_said, last_said,
     CASE WHEN top_meaning > low_meaning THEN top_meaning ELSE low_meaning END AS top_meaning
UNWIND rows AS r
// Each part is a share of the best candidate's.
WITH s, sees, forbidden, r.c AS c, r.facts AS facts, {
  words: CASE WHEN top_words > 0 THEN r.words / top_words ELSE 0.0 END,
  meaning: CASE WHEN top_meaning > 0 THEN CASE WHEN r.nearest > 0 THEN r.meaning ELSE low_meaning END / top_meaning ELSE 0.0 END,
  context: CASE WHEN top_context > 0 THEN CASE WHEN r.context > 0 THEN r.context ELSE low_context END / top_context ELSE 0.0 END,
  speaker: CASE WHEN any(name IN $asked.people WHERE toLower(r.c.speaker) STARTS WITH name) THEN 1.0 ELSE 0.0 END,
  // By their instants: Neo4j orders equal moments of different zones. What is told of that time counts as what was said in it.
  date: CASE
    WHEN $asked.begins IS NULL THEN 0.0
    WHEN r.c.dated AND r.c.valid_from.epochMillis >= $asked.begins.epochMillis AND r.c.valid_from.epochMillis < $asked.ends.epochMillis THEN 1.0
    WHEN r.c.said_at IS NULL OR r.c.said_at.epochMillis < $asked.begins.epochMillis THEN 0.0
    WHEN r.c.said_at.epochMillis < $asked.ends.epochMillis THEN 1.0
    WHEN r.c.said_at < $asked.ends + duration({days: 10}) THEN 0.5
    ELSE 0.0
  END,
  time: CASE WHEN $asked.asks_when AND r.c.dated THEN 1.0 ELSE 0.0 END,
  author: CASE WHEN (r.c.origin = 'inference') = $asked.asks_assistant THEN 1.0 ELSE 0.0 END,
  recent: CASE WHEN $asked.asks_now AND last_said > first_said THEN 1.0 * (r.said - first_said) / (last_said - first_said) ELSE 0.0 END
} AS parts
WITH s, sees, forbidden, c, facts, parts,
     $weights.words * parts.words + $weights.meaning * parts.meaning + $weights.context * parts.context
     + $weights.speaker * parts.speaker + $weights.date * parts.date + $weights.time * parts.time
     + $weights.author * parts.author + $weights.recent * parts.recent AS own
ORDER BY own DESC
// What a session's best memory is worth lifts the others of that session.
WITH s, sees, forbidden, c.source AS source, collect({c: c, facts: facts, parts: parts, own: own}) AS found
WITH s, sees, forbidden, found, found[0].own AS session
UNWIND found AS r
// A memory with a half-life sinks with its age (search/routing.py).
WITH s, sees, forbidden, r.c AS c, r.facts AS facts, r.parts AS parts, session, r.own + $weights.session * session AS full, CASE
  WHEN r.c.half_life_days IS NULL THEN 1.0
  ELSE 0.5 ^ ($weights.decay * ($at.epochSeconds - coalesce(r.c.said_at, r.c.created_at).epochSeconds)
              / 86400.0 / r.c.half_life_days)
END AS aged
WITH s, sees, forbidden, c, facts, parts, session, CASE WHEN aged > 1.0 THEN 1.0 ELSE aged END AS decay, full
WITH s, sees, forbidden, c, facts, parts, session, decay, full * decay AS score
ORDER BY score DESC, c.id LIMIT $limit
