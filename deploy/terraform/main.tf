# Upstash's part: the Redis that keeps the schedules. QStash belongs to the account and needs no resource: copy its token
# and both signing keys from the console. Precache makes its own schedules there.
#
#   export TF_VAR_email=… TF_VAR_api_key=…   # console.upstash.com → Account → Management API
#   terraform -chdir=deploy/terraform init
#   terraform -chdir=deploy/terraform apply
#   terraform -chdir=deploy/terraform output -raw env >> .env
#
# The state holds the database's token: keep it where you keep secrets.

terraform {
  required_version = ">= 1.5"

  required_providers {
    upstash = {
      source  = "upstash/upstash"
      version = ">= 1.5, < 3.0"
    }
  }
}

provider "upstash" {
  email   = var.email
  api_key = var.api_key
}

resource "upstash_redis_database" "precache" {
  database_name = var.name
  region        = "global"
  # One region and no read replicas: a replica may not have yet what was just written, such as a run that is taken.
  primary_region = var.region
  tls            = true
  # With eviction, a full database would throw schedules away.
  eviction   = false
  auto_scale = var.auto_scale

  lifecycle {
    prevent_destroy = true
  }
}
