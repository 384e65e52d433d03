--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: change_sequence; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change_sequence (
    id integer NOT NULL,
    value bigint NOT NULL,
    CONSTRAINT change_sequence_id_check CHECK ((id = 1))
);


--
-- Name: changes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.changes (
    sequence bigint NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    at bigint NOT NULL
);


--
-- Name: job_schedules; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_schedules (
    name text NOT NULL,
    expression text NOT NULL,
    next_at bigint NOT NULL,
    planned_at bigint NOT NULL,
    last_due bigint
);


--
-- Name: jobs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.jobs (
    id text NOT NULL,
    kind text NOT NULL,
    payload text NOT NULL,
    payload_version bigint NOT NULL,
    idempotency_key text,
    state text NOT NULL,
    run_at bigint NOT NULL,
    waits_from bigint,
    attempts bigint NOT NULL,
    max_attempts bigint NOT NULL,
    leased_by text,
    lease bigint,
    leased_until bigint,
    started_at bigint,
    cancel_requested bigint DEFAULT 0 NOT NULL,
    last_error text,
    created_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT jobs_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT jobs_cancel_requested_check CHECK ((cancel_requested = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT jobs_max_attempts_check CHECK ((max_attempts > 0)),
    CONSTRAINT jobs_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'running'::text, 'done'::text, 'dead'::text, 'cancelled'::text])))
);


--
-- Name: schema_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_migrations (
    id text NOT NULL,
    checksum text NOT NULL,
    applied_at bigint NOT NULL,
    version text NOT NULL
);


--
-- Data for Name: change_sequence; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.change_sequence VALUES (1, 1);


--
-- Data for Name: changes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.changes VALUES (1, 'session', 'a', 1700000000000000000);


--
-- Data for Name: job_schedules; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.job_schedules VALUES ('nightly', '0 3 * * *', 1700017200000000000, 1700000000000000000, NULL);


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.jobs VALUES ('job-ready', 'webhook.deliver', '{"event":"ünïcödé ‹key›"}', 1, NULL, 'ready', 1700000000000000000, 1700000000000000000, 2, 10, NULL, NULL, NULL, 1699999999000000000, 0, 'endpoint answered 503', 1699999998000000000, NULL);
INSERT INTO public.jobs VALUES ('job-running', 'backup.run', '{}', 1, 'night-1', 'running', 1700000000000000000, NULL, 1, 3, 'worker-gone', 7, 1700000060000000000, 1700000000000000000, 0, NULL, 1699999998000000000, NULL);
INSERT INTO public.jobs VALUES ('job-dead', 'email.deliver', '{"mail":"m1"}', 2, 'm1', 'dead', 1700000000000000000, NULL, 5, 5, NULL, NULL, NULL, 1700000000000000000, 0, 'mailbox unknown', 1699999998000000000, 1700000100000000000);


--
-- Data for Name: schema_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_migrations VALUES ('0001-change-feed', '6a264d12dfa17c6b8a037810b7e3175efb0629d64a7322dc9a36431d60f106de', 1795699332709885184, '0.1.0');
INSERT INTO public.schema_migrations VALUES ('0002-jobs', 'd79a0672323e4dc96e2766df33d6ed158f0e7a53a8bdc60cdc57a97b97c1536a', 1795699332714771200, '0.1.0');


--
-- Name: change_sequence change_sequence_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change_sequence
    ADD CONSTRAINT change_sequence_pkey PRIMARY KEY (id);


--
-- Name: changes changes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (sequence);


--
-- Name: job_schedules job_schedules_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_schedules
    ADD CONSTRAINT job_schedules_pkey PRIMARY KEY (name);


--
-- Name: jobs jobs_kind_idempotency_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_kind_idempotency_key_key UNIQUE (kind, idempotency_key);


--
-- Name: jobs jobs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (id);


--
-- Name: schema_migrations schema_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (id);


--
-- Name: changes_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX changes_at ON public.changes USING btree (at);


--
-- Name: jobs_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_due ON public.jobs USING btree (kind, run_at, id) WHERE (state = 'ready'::text);


--
-- Name: jobs_ended; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_ended ON public.jobs USING btree (state, ended_at, id) WHERE (ended_at IS NOT NULL);


--
-- Name: jobs_leased; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX jobs_leased ON public.jobs USING btree (leased_until) WHERE (state = 'running'::text);


--
-- PostgreSQL database dump complete
--


