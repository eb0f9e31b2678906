-- A run's list is read by ascending job id while its jobs are still being made, by whichever session
-- makes them. A session that keeps ids in stock hands out smaller ones later: those jobs lay behind
-- the reader and were never called.
ALTER SEQUENCE job_ids CACHE 1;

UPDATE outbound_call_runs r SET first_job_id = j.first
FROM (SELECT business_id, run_id, min(id) AS first FROM outbound_call_jobs
      WHERE run_id IS NOT NULL GROUP BY business_id, run_id) j
WHERE r.business_id = j.business_id AND r.id = j.run_id AND r.first_job_id > j.first;
