# The image of EMR Serverless: Amazon's, with the package. Beside the wheel, from the top of the tree:
#
#   docker build --platform linux/amd64 -f deploy/emr/serverless.Dockerfile -t ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:0.1.0 .
ARG RELEASE=emr-7.13.0
# Amazon's tags of one release are all called latest.
# hadolint ignore=DL3007
FROM public.ecr.aws/emr-serverless/spark/${RELEASE}:latest
# hadolint ignore=DL3002
USER root
# hadolint ignore=DL3041
RUN dnf install -q -y python3.11 python3.11-pip && dnf clean all && python3.11 -m venv /opt/fruits
COPY deploy/aws/requirements-nodes.txt dist/fruits-*.whl /tmp/wheels/
RUN /opt/fruits/bin/pip install --no-cache-dir --no-deps -r /tmp/wheels/requirements-nodes.txt /tmp/wheels/*.whl \
 && /opt/fruits/bin/pip check && rm -rf /tmp/wheels \
 && /opt/fruits/bin/fruits models import efficientnet-lite0 --models /opt/fruits/models \
 && ln -s /opt/fruits/lib/python3.11/site-packages/fruits/spark/job.py /opt/fruits/job.py
ENV FRUITS_MODELS=/opt/fruits/models PYSPARK_PYTHON=/opt/fruits/bin/python PYSPARK_DRIVER_PYTHON=/opt/fruits/bin/python
USER hadoop:hadoop
