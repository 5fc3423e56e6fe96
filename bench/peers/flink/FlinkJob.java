import java.io.BufferedReader;
import java.io.InputStreamReader;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/**
 * Made rows into StarRocks with flink-connector-starrocks, or into nothing, by SQL in a cluster within this process. Arguments: starrocks
 * or blackhole, host:port of the frontend, host:port of the query port, the folder for checkpoints. Each line of the input is a number of
 * rows: a job makes and sends them, and what that took is a line of the output.
 */
public class FlinkJob {
  private static final String COLUMNS =
      "(order_id BIGINT, customer STRING, city STRING, amount DECIMAL(10, 2), status STRING, created_at STRING, note STRING)";

  public static void main(String[] args) throws Exception {
    Configuration settings = new Configuration();
    settings.setString("parallelism.default", "2");
    settings.setString("execution.checkpointing.interval", "10 s");
    // In memory, which they are kept in unless told, those of the sink are too large: they fail, and rows are sent again.
    settings.setString("state.checkpoint-storage", "filesystem");
    settings.setString("state.checkpoints.dir", "file://" + args[3]);
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      TableEnvironment tables =
          TableEnvironment.create(
              EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
      tables.executeSql("CREATE TABLE made " + COLUMNS + " WITH (" + source(Long.parseLong(line)) + ")");
      tables.executeSql("CREATE TABLE orders " + COLUMNS + " WITH (" + sink(args) + ")");
      Spent spent = new Spent();
      tables.executeSql("INSERT INTO orders SELECT * FROM made").await();
      System.out.println(spent.text());
    }
  }

  /** Rows of 180 to 200 bytes as JSON. */
  private static String source(long rows) {
    return "'connector' = 'datagen', 'rows-per-second' = '100000000', 'number-of-rows' = '" + rows + "', 'fields.order_id.kind' = 'sequence',"
        + " 'fields.order_id.start' = '10000000', 'fields.order_id.end' = '" + (10000000 + rows - 1) + "',"
        + " 'fields.customer.length' = '15', 'fields.city.length' = '8', 'fields.status.length' = '6',"
        + " 'fields.created_at.length' = '19', 'fields.note.length' = '33',"
        + " 'fields.amount.min' = '100', 'fields.amount.max' = '999'";
  }

  private static String sink(String[] args) {
    if (args[0].equals("blackhole")) return "'connector' = 'blackhole'";
    return "'connector' = 'starrocks', 'load-url' = '" + args[1] + "', 'jdbc-url' = 'jdbc:mysql://" + args[2] + "?useSSL=false',"
        + " 'username' = 'root', 'password' = '', 'database-name' = 'bench', 'table-name' = 'orders',"
        + " 'sink.properties.format' = 'json', 'sink.properties.strip_outer_array' = 'true'";
  }
}
