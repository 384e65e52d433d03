/// Technologies that documents claim, and what in a repository shows that one is used.
enum Technologies {
    struct Entry: Sendable {
        let name: String
        /// How documents write it, in lower case.
        let words: [String]
        /// Any of these in a source, manifest, import, compose file or configuration; `.x` is an ending of a file.
        let traces: [String]

        /// The words as whole words, and as the first of two that a hyphen joins.
        let names: Phrases
        let compounds: Phrases

        init(name: String, words: [String], traces: [String]) {
            (self.name, self.words, self.traces) = (name, words, traces)
            names = Phrases(words.flatMap { [" \($0) ", " \($0). "] })
            compounds = Phrases(words.flatMap { word in TechnologyClaims.endings.map { " \(word)\($0)" } })
        }

        /// Shown by files that packages of a program leave out.
        var isDeployment: Bool {
            [
                "Docker", "Kubernetes", "Helm", "Terraform", "Ansible", "Grafana", "nginx", "Prometheus", "pytest",
                "Jest",
                "Vitest", "Cypress", "React", "TypeScript", "Tailwind CSS", "Next.js", "Svelte", "Vue",
                "Vite", "Zustand", "Angular", "Playwright", "Selenium", "D3", "jQuery", "Bootstrap", "Loki", "Jaeger",
                "Traefik", "Caddy", "HAProxy", "Nuxt", "HTMX", "Zod",
            ].contains(name)
        }
    }

    static let all: [Entry] = text.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: "|").map { $0.trimmed }
        guard parts.count == 3 else { return nil }
        return Entry(
            name: parts[0], words: parts[1].split(separator: ",").map { $0.trimmed },
            traces: parts[2].split(separator: ",").map { $0.trimmed })
    }

    private static let text = """
        Apache Spark | apache spark, pyspark | pyspark, spark
        Apache Flink | flink | flink
        InfluxDB | influxdb | influx
        TimescaleDB | timescaledb, timescale | timescale
        Apache Kafka | kafka | kafka
        RabbitMQ | rabbitmq | rabbitmq, amqp, pika, amqplib
        Redis | redis | redis, valkey
        PostgreSQL | postgresql, postgres | postgres, psycopg, pgx, libpq, asyncpg
        MySQL | mysql | mysql, mariadb
        MongoDB | mongodb | mongo
        Cassandra | cassandra | cassandra
        ClickHouse | clickhouse | clickhouse
        Elasticsearch | elasticsearch | elastic, opensearch
        Neo4j | neo4j | neo4j
        SQLite | sqlite | sqlite, better-sqlite3
        DynamoDB | dynamodb | dynamo
        Memcached | memcached | memcache, pylibmc
        Snowflake | snowflake | snowflake
        BigQuery | bigquery | bigquery
        DuckDB | duckdb | duckdb
        Apache Airflow | airflow | airflow
        Celery | celery | celery
        Dask | dask | dask
        Kubernetes | kubernetes, k8s | kubernetes, apiversion, kubectl, k8s
        Helm | helm | helm, chart.yaml
        Terraform | terraform | terraform, .tf
        Ansible | ansible | ansible
        Docker | docker | docker, dockerfile, containerfile
        Prometheus | prometheus | prometheus
        Grafana | grafana | grafana
        OpenTelemetry | opentelemetry | opentelemetry, otel
        Jaeger | jaeger | jaeger
        Sentry | sentry | sentry
        Datadog | datadog | datadog, ddtrace
        RocksDB | rocksdb | rocksdb
        gRPC | grpc | grpc
        GraphQL | graphql | graphql, .graphql
        WebAssembly | webassembly, wasm | wasm
        React | react, reactjs | react, .jsx, .tsx
        Angular | angular | angular
        Vue | vue.js, vuejs | vue
        Svelte | svelte | svelte
        Next.js | next.js, nextjs | next
        Tailwind CSS | tailwind, tailwindcss | tailwind
        Bootstrap | bootstrap css | bootstrap
        jQuery | jquery | jquery
        D3 | d3.js | d3
        Django | django | django
        Flask | flask | flask
        FastAPI | fastapi | fastapi
        Express | express.js, expressjs | express
        NestJS | nestjs | nestjs
        Spring Boot | spring boot | spring
        Rails | ruby on rails | rails
        Laravel | laravel | laravel
        SQLAlchemy | sqlalchemy | sqlalchemy
        Prisma | prisma | prisma
        TensorFlow | tensorflow | tensorflow
        PyTorch | pytorch | torch
        scikit-learn | scikit-learn, sklearn | sklearn, scikit
        pandas | pandas | pandas
        NumPy | numpy | numpy
        Apache Arrow | apache arrow, pyarrow | arrow
        LangChain | langchain | langchain
        OpenAI | openai | openai
        Stripe | stripe | stripe
        Twilio | twilio | twilio
        Firebase | firebase | firebase
        Supabase | supabase | supabase
        Auth0 | auth0 | auth0
        Keycloak | keycloak | keycloak
        HashiCorp Vault | hashicorp vault | vault, hvac
        nginx | nginx | nginx
        Envoy | envoy proxy | envoy
        Istio | istio | istio
        WebSocket | websocket, websockets | websocket, socket.io, .ws
        Playwright | playwright | playwright
        Cypress | cypress | cypress
        Selenium | selenium | selenium
        Jest | jest | jest
        Vitest | vitest | vitest
        pytest | pytest | pytest, conftest
        TypeScript | typescript | typescript, .ts, .tsx
        Rust | rust | .rs, cargo.toml
        Golang | golang | go.mod, .go
        Kotlin | kotlin | kotlin, .kt
        Scala | scala | scala, .scala
        Hadoop | hadoop | hadoop
        Presto | presto, trino | presto, trino
        MinIO | minio | minio
        rate limiting | rate limiting, rate limiter, rate-limiting | ratelimit, rate_limit, rate-limit, limiter, throttl
        JWT | jwt, json web token, json web tokens | jwt, jose, authlib
        CSRF protection | csrf | csrf, xsrf
        two-factor authentication | two-factor, 2fa, totp | totp, 2fa, twofactor, otp, two_factor, mfa
        Argon2 | argon2 | argon2, argon
        bcrypt | bcrypt | bcrypt
        Alembic | alembic | alembic
        Dramatiq | dramatiq | dramatiq
        Loki | grafana loki | loki
        Uvicorn | uvicorn | uvicorn
        Gunicorn | gunicorn | gunicorn
        Pydantic | pydantic | pydantic
        Zustand | zustand | zustand
        Vite | vite | vite
        Streamlit | streamlit | streamlit
        ChromaDB | chromadb | chroma
        Pinecone | pinecone | pinecone
        Qdrant | qdrant | qdrant
        Weaviate | weaviate | weaviate
        Mailgun | mailgun | mailgun
        SendGrid | sendgrid | sendgrid
        Cloudinary | cloudinary | cloudinary
        Postmark | postmark | postmark
        Flask-Limiter | flask-limiter | flask-limiter, flask_limiter
        Flask-Login | flask-login | flask-login, flask_login
        Flask-WTF | flask-wtf | flask-wtf, flask_wtf
        Flask-Talisman | flask-talisman | talisman
        SlowAPI | slowapi | slowapi
        django-axes | django-axes | axes
        Django REST framework | django rest framework | rest_framework, djangorestframework
        Peewee | peewee | peewee
        structlog | structlog | structlog
        Loguru | loguru | loguru
        express-rate-limit | express-rate-limit | express-rate-limit
        Helmet | helmet.js | helmet
        Mongoose | mongoose | mongoose
        Sequelize | sequelize | sequelize
        TypeORM | typeorm | typeorm
        Drizzle | drizzle orm, drizzle-orm | drizzle
        Knex | knex, knex.js | knex
        Passport | passport.js, passportjs | passport
        NextAuth | nextauth, nextauth.js | next-auth, nextauth, authjs
        BullMQ | bullmq | bullmq
        Fastify | fastify | fastify
        Nuxt | nuxt, nuxt.js | nuxt
        HTMX | htmx | htmx, hx-
        Zod | zod | zod
        Sidekiq | sidekiq | sidekiq
        Axum | axum | axum
        Actix | actix, actix-web | actix
        Tokio | tokio | tokio
        sqlx | sqlx | sqlx
        SeaORM | seaorm, sea-orm | sea-orm, sea_orm
        Traefik | traefik | traefik
        Caddy | caddy | caddy
        HAProxy | haproxy | haproxy
        Hugging Face | hugging face, huggingface | huggingface, transformers
        """
}
