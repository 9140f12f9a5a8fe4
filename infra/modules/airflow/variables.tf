variable "name" {
  description = "First part of every name; a target group has it, so it must fit 32 letters."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,30}[a-z0-9]$", var.name))
    error_message = "name is ${jsonencode(var.name)}; it must be 2 to 32 small letters, digits and hyphens, a letter first."
  }
}

variable "network" {
  description = "Where Airflow lives: the VPC and its addresses, and the private subnets' ids per zone."
  type = object({
    vpc_id             = string
    cidr               = string
    private_subnet_ids = map(string)
  })
  nullable = false
}

variable "cluster_arn" {
  description = "ARN of the ECS cluster."
  type        = string
  nullable    = false
}

variable "cluster_name" {
  description = "Name of the ECS cluster."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "ECR repository of the image: ARN and address."
  type = object({
    arn = string
    url = string
  })
  nullable = false
}

variable "load_balancer" {
  description = "The load balancer to stand behind: its HTTPS listener and its security group."
  type = object({
    listener_arn      = string
    security_group_id = string
  })
  nullable = false
}

variable "host" {
  description = "Host name of Airflow's pages and API."
  type        = string
  nullable    = false
}

variable "client_cidrs" {
  description = "IPv4 addresses that may open Airflow's pages and API, in CIDR notation: at most four, as many as a listener's rule can take."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.client_cidrs) <= 4 && alltrue([for cidr in var.client_cidrs : can(cidrnetmask(cidr))])
    error_message = "client_cidrs is ${jsonencode(var.client_cidrs)}; it must be at most four ranges in CIDR notation, such as 203.0.113.0/24."
  }

  validation {
    condition     = alltrue([for cidr in var.client_cidrs : !endswith(cidr, "/0")])
    error_message = "client_cidrs opens Airflow to everybody: whoever gets in there runs code. Name the addresses that need it."
  }
}

variable "cpu" {
  description = "CPU units of the task; 1024 are one core."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory of the task in MiB."
  type        = number
  nullable    = false
}

variable "environment" {
  description = "More variables of the containers' environment; nothing secret."
  type        = map(string)
  nullable    = false
}

variable "secrets" {
  description = "ARN of a secret per further variable of the environment that ECS fills with its value."
  type        = map(string)
  nullable    = false
}

variable "secrets_revision" {
  description = "Raise it to have new tokens, sessions and a new password of its user made. The Fernet key stays: what it has encrypted would be lost."
  type        = number
  default     = 1
  nullable    = false
}

variable "database_url" {
  description = "SQLAlchemy address of Airflow's database, without a password, for a driver that is both synchronous and asynchronous."
  type        = string
  nullable    = false
}

variable "files" {
  description = "The file system, and its folders for Airflow's home and for models."
  type = object({
    file_system_id         = string
    home_access_point_id   = string
    models_access_point_id = string
  })
  nullable = false
}

variable "model_path" {
  description = "Where the folder for models is mounted."
  type        = string
  default     = "/model"
  nullable    = false
}

variable "bucket_arn" {
  description = "ARN of the bucket with bundles/ and models/."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts logs, secrets and the bucket."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that the containers' logs are kept."
  type        = number
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the SNS topic that alarms are sent to."
  type        = string
  nullable    = false
}
