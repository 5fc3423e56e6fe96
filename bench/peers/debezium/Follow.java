import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.format.Json;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Follows MySQL with Debezium's engine. Arguments: port, user, password. Each line of the input is a number of changes to wait for: what
 * it took to read them as JSON text is a line of the output. The first answers as soon as anything at all was read.
 */
public class Follow {
  private static final CountDownLatch begun = new CountDownLatch(1);
  private static final Semaphore rows = new Semaphore(0);

  public static void main(String[] args) throws Exception {
    DebeziumEngine<ChangeEvent<String, String>> engine =
        DebeziumEngine.create(Json.class)
            .using(settings(args))
            .using((success, message, error) -> System.err.println("Debezium ended: " + message))
            .notifying(Follow::take)
            .build();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    thread.execute(engine);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      Spent spent = new Spent();
      if (line.equals("0")) begun.await();
      else rows.acquire(Integer.parseInt(line));
      System.out.println(spent.text());
    }
    engine.close();
    thread.shutdown();
  }

  private static void take(
      List<ChangeEvent<String, String>> events, DebeziumEngine.RecordCommitter<ChangeEvent<String, String>> committer)
      throws InterruptedException {
    int found = 0;
    for (ChangeEvent<String, String> event : events) {
      if (event.destination().endsWith(".orders") && event.value() != null) found++;
      committer.markProcessed(event);
    }
    committer.markBatchFinished();
    begun.countDown();
    rows.release(found);
  }

  private static Properties settings(String[] args) {
    Properties settings = new Properties();
    settings.setProperty("name", "bench");
    settings.setProperty("connector.class", "io.debezium.connector.mysql.MySqlConnector");
    settings.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
    settings.setProperty("offset.flush.interval.ms", "60000");
    settings.setProperty("schema.history.internal", "io.debezium.relational.history.MemorySchemaHistory");
    settings.setProperty("snapshot.mode", "no_data");
    settings.setProperty("converter.schemas.enable", "false");
    settings.setProperty("decimal.handling.mode", "string");
    settings.setProperty("database.hostname", "127.0.0.1");
    settings.setProperty("database.port", args[0]);
    settings.setProperty("database.user", args[1]);
    settings.setProperty("database.password", args[2]);
    settings.setProperty("database.server.id", "85744");
    settings.setProperty("database.ssl.mode", "disabled");
    settings.setProperty("driver.allowPublicKeyRetrieval", "true");
    settings.setProperty("database.include.list", "bench");
    settings.setProperty("topic.prefix", "bench");
    return settings;
  }
}
