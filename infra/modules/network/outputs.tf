output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Id of the public subnet per zone: load balancers only."
  value       = { for zone, subnet in aws_subnet.public : zone => subnet.id }
}

output "private_subnet_ids" {
  description = "Id of the private subnet per zone: tasks, databases, file systems."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}
