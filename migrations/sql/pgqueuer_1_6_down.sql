DROP TRIGGER IF EXISTS tg_pgqueuer_changed ON jobs.pgqueuer;
DROP FUNCTION IF EXISTS jobs.fn_pgqueuer_changed;
DROP TABLE IF EXISTS jobs.pgqueuer;
DROP TABLE IF EXISTS jobs.pgqueuer_log;
DROP TABLE IF EXISTS jobs.pgqueuer_schedules;
DROP TABLE IF EXISTS jobs.pgqueuer_statistics;
DROP TYPE IF EXISTS jobs.pgqueuer_status;
DROP TYPE IF EXISTS jobs.pgqueuer_statistics_status;
