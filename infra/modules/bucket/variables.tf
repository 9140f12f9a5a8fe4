variable "name" {
  description = "Name of the bucket; it must be free in all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.name))
    error_message = "name is ${jsonencode(var.name)}; a bucket's name has 3 to 63 small letters, digits, dots and hyphens."
  }
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the objects; null: S3's own, which log delivery needs."
  type        = string
  default     = null
}

variable "log_to" {
  description = "The bucket that access is logged to; null: not logged. (An object, since whether there is one is asked before its name is known.)"
  type        = object({ bucket = string })
  default     = null
}

variable "expire_days" {
  description = "Days after which objects are deleted; null: never."
  type        = number
  default     = null
}

variable "keep_old_versions_days" {
  description = "Days that a version is kept after it was overwritten or deleted."
  type        = number
  default     = 90
  nullable    = false
}

variable "policies" {
  description = "Policy documents (JSON) that the bucket's own policy takes up."
  type        = list(string)
  default     = []
  nullable    = false
}
