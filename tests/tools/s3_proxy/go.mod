module fruits/s3_proxy

go 1.26
