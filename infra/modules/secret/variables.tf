variable "name" {
  description = "Name of the secret in Secrets Manager."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the secret opens."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key that encrypts the secret."
  type        = string
  nullable    = false
}

variable "length" {
  description = "Letters and digits in the value; 32 of them are 190 bits."
  type        = number
  default     = 48
  nullable    = false

  validation {
    condition     = var.length >= 32 && var.length <= 1024 && floor(var.length) == var.length
    error_message = "length is ${var.length}; it must be a whole number from 32 to 1024."
  }
}

variable "base64" {
  description = "Keep the value in Base64: a Fernet key is 32 bytes in Base64. Of letters and digits it never has + or /."
  type        = bool
  default     = false
  nullable    = false
}

variable "revision" {
  description = "Raise it to have a new value made."
  type        = number
  default     = 1
  nullable    = false
}
