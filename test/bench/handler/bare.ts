/** What the Poll function is measured against: one call to the provider, one write, and nothing else. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

const dynamodb = new DynamoDBClient({});
const endpoint = `${process.env['CRUN_BASE_URL']}/api/v1/client/job/detect-face-result`;
const headers = { 'x-api-key': process.env['CRUN_API_KEY'] ?? '' };

export async function handler(event: { state: { detect_task_id: string } }): Promise<{ status: string }> {
  const { detect_task_id } = event.state;
  const response = await fetch(`${endpoint}?detect_task_id=${detect_task_id}`, { headers });
  const { data } = (await response.json()) as { data: { status: string } };
  const Item = { detect_task_id: { S: detect_task_id }, status: { S: data.status } };
  await dynamodb.send(new PutItemCommand({ TableName: process.env['TABLE_NAME'], Item }));
  return { status: data.status };
}
