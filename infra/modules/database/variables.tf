variable "name" {
  description = "Identifier of the instance and first part of every name."
  type        = string
  nullable    = false
}

variable "database" {
  description = "Name of the database."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database))
    error_message = "database is ${jsonencode(var.database)}; it must be a PostgreSQL name in small letters."
  }
}

variable "username" {
  description = "Owner of the database, as whom the service connects."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.username)) && !contains(["admin", "postgres", "rdsadmin"], var.username)
    error_message = "username is ${jsonencode(var.username)}; it must be a PostgreSQL name in small letters, and not admin, postgres or rdsadmin, which RDS reserves or everybody tries first."
  }
}

variable "password_revision" {
  description = "Raise it to have a new password made; then deploy, since tasks read it when they start."
  type        = number
  default     = 1
  nullable    = false
}

variable "vpc_id" {
  description = "Id of the VPC."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Id of a private subnet per zone."
  type        = map(string)
  nullable    = false
}

variable "clients" {
  description = "Ids of the security groups that may connect, by name."
  type        = map(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts storage, logs, insights and the password."
  type        = string
  nullable    = false
}

variable "engine_version" {
  description = "Major version of PostgreSQL; RDS keeps the minor one up to date."
  type        = string
  default     = "17"
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.engine_version))
    error_message = "engine_version is ${jsonencode(var.engine_version)}; it must be a major version such as 17: RDS chooses the minor one."
  }
}

variable "instance_class" {
  description = "Size of the instance, e.g. db.t4g.small."
  type        = string
  nullable    = false
}

variable "storage_gib" {
  description = "First size of the storage in GiB; it grows by itself to five times that."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.storage_gib >= 20 && floor(var.storage_gib) == var.storage_gib
    error_message = "storage_gib is ${var.storage_gib}; gp3 storage has a whole number of GiB, 20 at least."
  }
}

variable "multi_az" {
  description = "A standby in another zone, which takes over by itself."
  type        = bool
  nullable    = false
}

variable "backup_days" {
  description = "Days that backups are kept; any minute of them can be restored."
  type        = number
  nullable    = false

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "backup_days is ${var.backup_days}; RDS keeps backups for 1 to 35 days, and 0 would keep none."
  }
}

variable "deletion_protection" {
  description = "AWS refuses to delete the instance, whatever a plan says."
  type        = bool
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms are sent to."
  type        = string
  nullable    = false
}
