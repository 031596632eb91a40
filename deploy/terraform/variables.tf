variable "email" {
  description = "The address of the Upstash account."
  type        = string
}

variable "api_key" {
  description = "A key of Upstash's management API."
  type        = string
  sensitive   = true
}

variable "name" {
  description = "The database's name in the console."
  type        = string
  default     = "precache"
}

variable "region" {
  description = "The region of the database; take the one that is nearest to where Precache runs."
  type        = string
  default     = "eu-central-1"
}

variable "auto_scale" {
  description = "Move to a larger plan when the quota of this one is reached, rather than refuse requests."
  type        = bool
  default     = false
}
