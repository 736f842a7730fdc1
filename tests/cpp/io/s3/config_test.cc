#include "io/s3/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "io/s3/profile.h"
#include "temp_dir.h"

namespace fruits::io {
namespace {

using ::testing::HasSubstr;

// An environment with its own home folder, where no metadata server is asked.
class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() { Set("HOME", home_.path().string()), Set("AWS_EC2_METADATA_DISABLED", "true"); }
  void Set(const std::string& name, const std::string& value) { values_[name] = value; }
  Result<S3Config> Load() const {
    return LoadS3Config([this](const char* name) -> std::optional<std::string> {
      const auto found = values_.find(name);
      if (found == values_.end() || found->second.empty()) return std::nullopt;
      return found->second;
    });
  }

  ::fruits::test::TempDir home_;
  std::map<std::string, std::string> values_;
};

TEST_F(ConfigTest, NothingIsAnonymousInUsEast1) {
  const auto config = Load();
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->region, "us-east-1");
  EXPECT_EQ(config->endpoint, "");
  EXPECT_FALSE(config->path_style);
  EXPECT_EQ(config->credentials()->access_key, "");
}

TEST_F(ConfigTest, TheEnvironmentComesFirst) {
  home_.Write(".aws/config",
              "[default]\nregion = eu-west-1\nendpoint_url = http://profile:1\nca_bundle = /p.pem\n");
  home_.Write(".aws/credentials", "[default]\naws_access_key_id = P\naws_secret_access_key = PS\n");
  Set("AWS_ACCESS_KEY_ID", "E");
  Set("AWS_SECRET_ACCESS_KEY", "ES");
  Set("AWS_SESSION_TOKEN", "ET");
  Set("AWS_DEFAULT_REGION", "eu-west-2");
  Set("AWS_ENDPOINT_URL", "http://127.0.0.1:7070");
  Set("AWS_CA_BUNDLE", "/e.pem");
  auto config = Load();
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->region, "eu-west-2");
  EXPECT_EQ(config->endpoint, "http://127.0.0.1:7070");
  EXPECT_TRUE(config->path_style);
  EXPECT_EQ(config->ca_bundle, "/e.pem");
  EXPECT_EQ(config->credentials()->access_key, "E");
  EXPECT_EQ(config->credentials()->secret_key, "ES");
  EXPECT_EQ(config->credentials()->session_token, "ET");
  Set("AWS_REGION", "eu-west-3");
  Set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:7071");
  config = Load();
  EXPECT_EQ(config->region, "eu-west-3");
  EXPECT_EQ(config->endpoint, "http://127.0.0.1:7071");
}

TEST_F(ConfigTest, AProfileHasAllOfIt) {
  home_.Write(".aws/config",
              "# comment\n[default]\nregion=us-west-1\n\n[profile work]\nregion = eu-central-1 # here\n"
              "endpoint_url=https://s3.example.com/\ns3 =\n    addressing_style = virtual\noutput = json\n");
  home_.Write(".aws/credentials",
              "[work]\naws_access_key_id=W\naws_secret_access_key=a#b=;c\naws_session_token = T\n");
  Set("AWS_PROFILE", "work");
  const auto config = Load();
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->region, "eu-central-1");
  EXPECT_EQ(config->endpoint, "https://s3.example.com/");
  EXPECT_FALSE(config->path_style);
  EXPECT_EQ(config->credentials()->access_key, "W");
  EXPECT_EQ(config->credentials()->secret_key, "a#b=;c");
  EXPECT_EQ(config->credentials()->session_token, "T");
}

TEST_F(ConfigTest, KeysWrittenAnewAreFoundWhenTheOldHaveExpired) {
  home_.Write(".aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=S\n");
  const auto config = Load();
  ASSERT_TRUE(config) << config.error().message();
  home_.Write(".aws/credentials", "[default]\naws_access_key_id=B\naws_secret_access_key=S\n");
  EXPECT_EQ(config->credentials()->access_key, "A");  // asked once a minute
  config->forget_credentials({"A", "S", ""});
  EXPECT_EQ(config->credentials()->access_key, "B");
  home_.Write(".aws/credentials", "");
  config->forget_credentials({"B", "S", ""});
  EXPECT_EQ(config->credentials()->access_key, "B");  // a file being rewritten takes nothing away
}

TEST_F(ConfigTest, RefusesWithTheNameOfTheSetting) {
  Set("AWS_PROFILE", "nobody");
  auto config = Load();
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code(), ErrorCode::kFailedPrecondition);
  EXPECT_THAT(config.error().message(), HasSubstr("AWS_PROFILE names 'nobody'"));
  Set("AWS_PROFILE", "");
  Set("AWS_ENDPOINT_URL", "localhost:7070");
  EXPECT_THAT(Load().error().message(), HasSubstr("AWS_ENDPOINT_URL is 'localhost:7070'; expected http"));
  Set("AWS_ENDPOINT_URL", "");
  Set("AWS_SECRET_ACCESS_KEY", "hidden");
  EXPECT_EQ(Load().error().message(),
            "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not; S3 needs both or none");
}

TEST(Ini, IsReadAsTheAwsToolsDo) {
  const Ini ini = ParseIni(
      "lost = 1\n[ profile \"a b\" ]\r\nkey = value ; c\r\n; x = y\nempty =\n  inner = 1\n  "
      "inner2=2\nlast=a=b\n[open\n[]\n");
  ASSERT_TRUE(ini.contains("profile a b"));
  const IniSection expected{
      {"key", "value"}, {"empty", ""}, {"empty.inner", "1"}, {"empty.inner2", "2"}, {"last", "a=b"}};
  EXPECT_EQ(ini.find("profile a b")->second, expected);
}

}  // namespace
}  // namespace fruits::io
