output "env" {
  description = "The two lines for .env."
  sensitive   = true
  value       = <<-EOT
    UPSTASH_REDIS_REST_URL=https://${upstash_redis_database.precache.endpoint}
    UPSTASH_REDIS_REST_TOKEN=${upstash_redis_database.precache.rest_token}
  EOT
}
