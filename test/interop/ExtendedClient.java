import com.amazon.sqs.javamessaging.AmazonSQSExtendedClient;
import com.amazon.sqs.javamessaging.ExtendedClientConfiguration;
import java.net.URI;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** What Amazon's SQS Extended Client for Java sends, and what it reads. Arguments: send|receive ENDPOINT QUEUE_URL BUCKET */
public class ExtendedClient {
  static String queueUrl;
  static S3Client s3;
  static SqsClient plain;
  static String bucket;

  public static void main(String[] args) {
    URI endpoint = URI.create(args[1]);
    queueUrl = args[2];
    bucket = args[3];
    var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local"));
    s3 = S3Client.builder().endpointOverride(endpoint).region(Region.US_EAST_1).credentialsProvider(credentials).forcePathStyle(true).build();
    plain = SqsClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).credentialsProvider(credentials).build();
    if (args[0].equals("send")) {
      send("{\"id\":1,\"v\":\"java, é 😀\"}", Map.of(), through().withAlwaysThroughS3(true));
      send("{\"id\":2,\"v\":\"java, new name\"}\n{\"id\":3,\"v\":\"java, new name\"}", Map.of(), through().withAlwaysThroughS3(true).withLegacyReservedAttributeNameDisabled());
      send("{\"id\":4,\"v\":\"java, with attributes\"}", Map.of("database", "d", "table", "sent"), through().withAlwaysThroughS3(true));
      send("{\"id\":5,\"v\":\"" + "x".repeat(300_000) + "\"}", Map.of(), through());
      send("{\"id\":6,\"v\":\"java, under a prefix\"}", Map.of(), through().withAlwaysThroughS3(true).withS3KeyPrefix("payloads/"));
    } else {
      new AmazonSQSExtendedClient(plain, through())
          .receiveMessage(request -> request.queueUrl(queueUrl).maxNumberOfMessages(10).waitTimeSeconds(1).messageAttributeNames("All"))
          .messages()
          .forEach(message -> System.out.println(message.body()));
    }
  }

  static ExtendedClientConfiguration through() {
    return new ExtendedClientConfiguration().withPayloadSupportEnabled(s3, bucket);
  }

  static void send(String body, Map<String, String> attributes, ExtendedClientConfiguration configuration) {
    var named = attributes.entrySet().stream().collect(Collectors.toMap(
        Map.Entry::getKey,
        each -> MessageAttributeValue.builder().dataType("String").stringValue(each.getValue()).build()));
    new AmazonSQSExtendedClient(plain, configuration)
        .sendMessage(request -> request.queueUrl(queueUrl).messageBody(body).messageAttributes(named));
  }
}
