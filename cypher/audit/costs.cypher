// costs: what acts took in a space between two days, summed by what is asked for; without 'administer' one's own acts only.
// mode: read
// params: principal STRING, own STRING, space STRING, now DATETIME, since STRING, until STRING, by LIST<STRING>
// returns: day STRING?, who STRING?, act STRING?, form STRING?, cube STRING?, acts INTEGER, cpu_s FLOAT, database_s FLOAT, embedding_s FLOAT, model_s FLOAT, build_s FLOAT, gpu_s FLOAT, tokens_read INTEGER, tokens_saved INTEGER, tokens_written INTEGER, tokens_built INTEGER
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, actions, forbidden WHERE 'read' IN actions
MATCH (c:CostEntry {space: s.id})
WHERE c.day >= $since AND c.day <= $until AND ('administer' IN actions OR c.principal = $own)
  AND NOT c.cube IN forbidden
WITH CASE WHEN 'day' IN $by THEN c.day END AS day, CASE WHEN 'principal' IN $by THEN c.principal END AS who,
     CASE WHEN 'act' IN $by THEN c.act END AS act, CASE WHEN 'form' IN $by THEN c.form END AS form,
     CASE WHEN 'cube' IN $by THEN c.cube END AS cube, c
RETURN day, who, act, form, cube, sum(c.acts) AS acts, sum(c.cpu_s) AS cpu_s, sum(c.database_s) AS database_s,
       sum(c.embedding_s) AS embedding_s, sum(c.model_s) AS model_s, sum(c.build_s) AS build_s, sum(c.gpu_s) AS gpu_s,
       sum(c.tokens_read) AS tokens_read, sum(c.tokens_saved) AS tokens_saved, sum(c.tokens_written) AS tokens_written,
       sum(c.tokens_built) AS tokens_built
ORDER BY day, who, act, form, cube
